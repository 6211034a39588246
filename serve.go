// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"

	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"google.golang.org/grpc"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/presence"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/process"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/provider"
)

// largest is the size of a gRPC message, as in tf6server.
const largest = 256 << 20

// serve runs the plugin until the CLI has closed it, or is gone.
func serve() error {
	life := process.New(process.Options{})
	life.Signals()
	open := &keyseries.Revocable{}
	server, err := provider.NewServer(version, provider.Options{
		Presence: func(ctx context.Context) presence.Presence { return life.Caller(ctx) },
		Open:     open,
	})()
	if err != nil {
		return err
	}
	running := make(chan *grpc.Server, 1)
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		plugin.Serve(handshake(server, life, running))
	}()
	life.Last(closed, open.RevokeAll)
	select {
	case grpcServer := <-running:
		grpcServer.Stop() // removes the socket's file
		<-closed
	default:
	}
	return nil
}

// handshake is the plugin as tf6server.Serve would serve it, with the life of this
// process watching its connections.
func handshake(server tfprotov6.ProviderServer, life *process.Life, running chan<- *grpc.Server) *plugin.ServeConfig {
	return &plugin.ServeConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion:  6,
			MagicCookieKey:   "TF_PLUGIN_MAGIC_COOKIE",
			MagicCookieValue: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
		},
		Plugins: plugin.PluginSet{"provider": &tf6server.GRPCProviderPlugin{
			Name:         address,
			GRPCProvider: func() tfprotov6.ProviderServer { return server },
		}},
		GRPCServer: func(options []grpc.ServerOption) *grpc.Server {
			options = append(options, grpc.MaxRecvMsgSize(largest), grpc.MaxSendMsgSize(largest), grpc.StatsHandler(life.Wire()))
			grpcServer := grpc.NewServer(options...)
			running <- grpcServer
			return grpcServer
		},
	}
}
