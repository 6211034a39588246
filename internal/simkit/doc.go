// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package simkit is what the simulators of all vendors share: clock, rate limit,
// faults, journal, pages, ids and secrets, answers that get lost, and control from
// outside. It knows no vendor and shares no type with a client. Everything is in
// memory; every secret it issues is fake and says so.
//
// # How to write a simulator on this
//
// A vendor's package sim has a Server that embeds [Server], a store of its own, and
// an [API] that says what is special: routes, who is admitted, how a refusal looks,
// which fields hold ids, rows and secrets. Its objects embed [Object], its lists are
// cut by [NewPage], its reads ask [Call.Stale], its switches are one struct given as
// type argument. Package toysim is the smallest complete example. Then add the
// simulator to the table of the command in internal/simulator.
//
// A simulator that is kinder than the API hides faults of the client. Check that
//
//   - unknown query parameters and body fields are refused, where the vendor does
//     ([Call.CheckQuery], [Call.ReadFields]), and a wrong type, an empty string and a
//     value out of bounds always;
//   - null, an empty list and a field that is not sent differ where they differ at
//     the vendor, in requests and in answers;
//   - the order of checks is the vendor's: credential, limit, arguments, parent,
//     object, policy; a refusal has the vendor's status, code and shape;
//   - an object of another organization, or below another parent, is not there;
//   - a create answers what the vendor answers, and only it shows the secret;
//   - times have the vendor's unit and precision, and an expiry counts from where
//     the vendor counts it;
//   - an expired, disabled or deleted key shows up, or not, in lists and reads as at
//     the vendor, and stops working when it does there;
//   - lists have the vendor's order, default and largest page, and kind of cursor; a
//     cursor that is gone is answered as there;
//   - a repeated create makes a second object, unless the vendor has an idempotency
//     key, and names are unique only where they are there;
//   - what the documents leave open, or contradict, is picked in one place, written
//     down in the package comment, and can be switched by the policy;
//   - the answers and the client's requests are held against kept facts of the
//     vendor's document, apart from the client;
//   - every field that shows a secret stands in [API.SecretFields], and every place where
//     a request carries one in [API.Private].
package simkit
