// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package acctest

// EndToEnd are the folders of examples/scenarios that internal/e2e proves, with the real
// programs around the CLI, instead of TestAccExamples here. To add one, name it here and
// write its test there, called after the folder: TestScenarioReviewGate for review-gate.
// A test there fails as long as one is missing.
var EndToEnd = []string{
	"adoption",
	"bootstrap",
	"no-key",
	"onboarding",
	"ownership-audit",
	"personal-keys",
	"review-gate",
	"two-vendors",
	"vault",
}
