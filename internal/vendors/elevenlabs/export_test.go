// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package elevenlabs

// APIKeyCan is what the vendor's keys can do, for the table of promises.
var APIKeyCan = apiKeyCan

// Documented are the permissions that may be shown in place of "all".
var Documented = documented
