// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package process

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// Signals has the process survive the signals that its process group gets together with
// the CLI: the CLI decides when the plugin ends. SIGTERM and SIGHUP end the creation of
// new objects. SIGPIPE must not end a mint because the log has no reader any more.
// SIGINT is left to the plugin library, which ignores it.
func (l *Life) Signals() {
	signal.Ignore(syscall.SIGPIPE)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // as under nohup
		signal.Notify(signals, syscall.SIGHUP)
	}
	go func() {
		for s := range signals {
			l.end(fmt.Errorf("the provider was asked to stop (%s)", s))
		}
	}()
}
