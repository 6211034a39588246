// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Command simulator runs the simulated API of a vendor on a loopback address.
// Everything is kept in memory and every key is fake.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simulator/simulators"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return
		}
		fmt.Fprintln(os.Stderr, "simulator:", err)
		os.Exit(1)
	}
}

type config struct {
	vendor                     simulators.Vendor
	listen, control, readyFile string
	options                    simulators.Options
	sample                     bool
}

func parse(args []string, stderr io.Writer) (config, error) {
	var c config
	flags := flag.NewFlagSet("simulator", flag.ContinueOnError)
	flags.SetOutput(stderr)
	name := flags.String("vendor", simulators.All[0].Name, "whose API: "+simulators.Names())
	flags.StringVar(&c.listen, "listen", "127.0.0.1:0", "loopback `address` of the API; port 0 takes a free one")
	flags.StringVar(&c.control, "control", "", "loopback `address` of a second listener for /_sim/, which steers the simulator and shows its plaintext keys; empty = none")
	flags.StringVar(&c.readyFile, "ready-file", "", "`path` of a shell file to write (mode 0600) with the variables to export, once the listeners are up; it is removed at the end")
	asReal := flags.Bool("real", false, "limit every endpoint to as many requests a minute as the real API, where that was measured")
	flags.Uint64Var(&c.options.Seed, "seed", 0, "`number` that makes ids and keys the same in every run; 0 = random")
	flags.DurationVar(&c.options.Latency, "latency", 0, "`duration` added to every answer")
	flags.BoolVar(&c.sample, "sample", false, "begin with an organization that has something in it, such as keys of users, without expiry and without use")
	offset := flags.Duration("clock-offset", 0, "`duration` between the real time and the simulated one (negative = behind), which runs on from there")
	if err := flags.Parse(args); err != nil {
		return c, err
	}
	if flags.NArg() > 0 {
		return c, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	vendor, err := simulators.Of(*name)
	if err != nil {
		return c, err
	}
	c.vendor = vendor
	if *asReal {
		c.options.PerMinute = c.vendor.PerMinute
	}
	c.options.Clock = simkit.NewRunningClock(*offset)
	return c, nil
}

// listen refuses every address that other machines could reach.
func listen(address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("%s is not a loopback address; the simulator serves this machine only", address)
	}
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%w; choose another port, or 0 for a free one", err)
	}
	if bound, ok := l.Addr().(*net.TCPAddr); !ok || !bound.IP.IsLoopback() {
		return nil, errors.Join(fmt.Errorf("%s resolves to %s, which is not loopback", address, l.Addr()), l.Close())
	}
	return l, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	c, err := parse(args, stderr)
	if err != nil {
		return err
	}
	sim := c.vendor.New(c.options)
	if c.sample {
		sim.SeedSample()
	}
	api, err := listen(c.listen)
	if err != nil {
		return err
	}
	failed := make(chan error, 2)
	servers := []served{serve(api, sim, failed)}
	exports := fmt.Sprintf("export %s=http://%s%s\nexport %s=%s\n", c.vendor.AddressEnv, api.Addr(), sim.BasePath(), c.vendor.KeyEnv, sim.AdminKey())
	defer func() {
		sim.Close()
		for _, server := range servers {
			err = errors.Join(err, server.shutdown())
		}
	}()
	if c.control != "" {
		control, err := listen(c.control)
		if err != nil {
			return err
		}
		servers = append(servers, serve(control, sim.Control(), failed))
		exports += fmt.Sprintf("export SIMULATOR_CONTROL=http://%s/_sim\n", control.Addr())
	}
	if c.readyFile != "" {
		if err := writeReady(c.readyFile, exports); err != nil {
			return err
		}
		defer func() { _ = os.Remove(c.readyFile) }()
	}
	_, _ = fmt.Fprint(stdout, banner(c, exports))
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	}
}

func banner(c config, exports string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "A SIMULATOR of the %s. All keys are fake, all state is in memory.\n", c.vendor.API)
	if c.options.PerMinute > 0 {
		fmt.Fprintf(&b, "Limited to %d requests a minute for each endpoint.\n", c.options.PerMinute)
	}
	b.WriteString("Paste this into the shell that runs terraform or tofu:\n\n" + exports + "\nStop with Ctrl-C.\n")
	return b.String()
}

// writeReady writes beside the path and renames, so that a reader that waits for
// the file never reads half of it.
func writeReady(path, text string) error {
	partial := fmt.Sprintf("%s.%d", path, os.Getpid())
	f, err := os.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(partial, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(partial))
	}
	return nil
}

// served is a server and its address.
type served struct {
	*http.Server
	address net.Listener
}

func serve(l net.Listener, h http.Handler, failed chan<- error) served {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	}()
	return served{server, l}
}

func (s served) shutdown() error {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	err := s.Shutdown(ctx)
	if err != nil {
		err = s.Close()
	}
	// One that has not begun to serve would give its address back later.
	if closed := s.address.Close(); !errors.Is(closed, net.ErrClosed) {
		err = errors.Join(err, closed)
	}
	return err
}
