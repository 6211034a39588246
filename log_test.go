// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
)

const (
	inChild = "ORGKEYS_TEST_IN_CHILD"
	minted  = "minted-secret-fake"
)

// Go's own HTTP library logs the start of an answer that nobody asked for: a gateway that sends
// the answer to a create twice would have the new secret logged.
func TestLibrariesLogNothing(t *testing.T) {
	t.Parallel()
	if os.Getenv(inChild) != "" {
		createdTwice(t)
		return
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestLibrariesLogNothing$", "-test.v") //nolint:gosec // this very program
	child.Env = append(os.Environ(), inChild+"=1", "TF_LOG=TRACE")
	out, err := child.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "answered and closed") {
		t.Errorf("%v: %s", err, out)
	}
	if strings.Contains(string(out), "Unsolicited") || strings.Contains(string(out), minted) {
		t.Errorf("net/http wrote its log:\n%s", out)
	}
}

// createdTwice is a create whose answer comes twice, in the process that main prepared.
func createdTwice(t *testing.T) {
	t.Helper()
	os.Args = []string{os.Args[0], "-version"}
	main()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	closed := make(chan error, 1)
	go func() { closed <- answerTwice(listener) }()
	client := apiclient.New(apiclient.Config{Dialect: apiclient.Dialect{Name: "toy", Authorize: func(http.Header, string) {}}, BaseURL: "http://" + listener.Addr().String()})
	key, err := apiclient.JSON(t.Context(), client, apiclient.Request{
		Operation: apiclient.Operation{Name: "create key", Kind: apiclient.Create}, Method: http.MethodPost,
	}, apiclient.Anything[struct{ Value string }])
	if err != nil || key.Value != minted {
		t.Fatalf("got %v, %v", key, err)
	}
	// The transport closes the connection after it has logged.
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	t.Log("answered and closed")
}

// answerTwice answers one request twice at once and waits until the client closes the connection.
func answerTwice(listener net.Listener) error {
	conn, err := listener.Accept()
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
		return err
	}
	body := `{"value":"` + minted + `"}`
	answer := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	if _, err := io.WriteString(conn, answer+answer); err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, conn)
	return nil
}
