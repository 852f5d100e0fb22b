// SPDX-License-Identifier: Apache-2.0

// Usage: run URL KEY VMID FOLDER
//
// Runs one story with the client that openapi-generator makes of openapi.yaml. FOLDER is in the guest.
package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"bellhop"
)

var labels = map[string]string{"client": "go"}

func must[T any](value T, _ any, err error) T {
	if err != nil {
		var answer *bellhop.GenericOpenAPIError
		if errors.As(err, &answer) {
			panic(err.Error() + ": " + string(answer.Body()))
		}
		panic(err)
	}
	return value
}

func read(file *os.File) []byte {
	bytes, err := io.ReadAll(file)
	return must(bytes, nil, err)
}

func page(api *bellhop.APIClient, ctx context.Context) int {
	found := 0
	query := api.ExecutionsAPI.ListExecutions(ctx).Label([]string{"client=go"}).Limit(1).Since(time.Now().Add(-time.Hour))
	for {
		part := must(query.Execute())
		found += len(part.Items)
		if !part.HasNextCursor() {
			return found
		}
		query = query.Cursor(part.GetNextCursor())
	}
}

func main() {
	vmid, err := strconv.ParseInt(os.Args[3], 10, 64)
	must(vmid, nil, err)
	configuration := bellhop.NewConfiguration()
	configuration.Servers = bellhop.ServerConfigurations{{URL: os.Args[1]}}
	api := bellhop.NewAPIClient(configuration)
	admin := context.WithValue(context.Background(), bellhop.ContextAccessToken, os.Args[2])
	told := map[string]any{}

	key := bellhop.NewCreateKey("go", []string{"write:vm", "files:vm", "terminal:vm"})
	key.SetVms([]int64{vmid})
	key.SetExpiresInDays(1)
	created := must(api.KeysAPI.CreateKey(admin).CreateKey(*key).Execute())
	told["scopes"] = len(created.Scopes)
	ctx := context.WithValue(context.Background(), bellhop.ContextAccessToken, created.Key)

	create := bellhop.NewCreateExecution()
	create.SetCommand("echo hello; echo oops >&2; exit 3")
	create.SetLabels(labels)
	ended := must(api.ExecutionsAPI.CreateExecution(ctx, vmid).CreateExecution(*create).IdempotencyKey("go-1").Wait(60).Execute())
	told["state"] = ended.State
	told["exitCode"] = ended.GetExitCode()
	told["stdout"] = string(read(must(api.ExecutionsAPI.GetOutput(ctx, ended.Id).Stream("stdout").Execute())))
	told["stderr"] = ended.Output.Stderr
	events := read(must(api.ExecutionsAPI.GetEvents(ctx, ended.Id).Execute()))
	told["followed"] = strings.Contains(string(events), "hello")

	sleep := bellhop.NewCreateExecution()
	sleep.SetArgv([]string{"sleep", "300"})
	sleep.SetTimeoutSeconds(300)
	sleep.SetLabels(labels)
	sleeps := must(api.ExecutionsAPI.CreateExecution(ctx, vmid).CreateExecution(*sleep).Execute())
	must(api.ExecutionsAPI.SignalExecution(ctx, sleeps.Id).SignalExecution(*bellhop.NewSignalExecution("CONT")).Execute())
	cancel := bellhop.NewCancelExecution()
	cancel.SetGraceSeconds(0)
	must(api.ExecutionsAPI.CancelExecution(ctx, sleeps.Id).CancelExecution(*cancel).Execute())
	told["cancelled"] = must(api.ExecutionsAPI.GetExecution(ctx, sleeps.Id).Wait(60).Execute()).State
	told["listed"] = page(api, ctx)

	reboot := bellhop.NewCreateExecution()
	reboot.SetCommand("reboot")
	told["decision"] = must(api.ExecutionsAPI.CheckExecution(ctx, vmid).CreateExecution(*reboot).Execute()).Decision

	local, err := os.CreateTemp("", "upload")
	must(local, nil, err)
	defer os.Remove(local.Name())
	written, err := local.Write([]byte{0x00, 0xff, 0x0a})
	must(written, nil, err)
	position, err := local.Seek(0, io.SeekStart)
	must(position, nil, err)
	remote := os.Args[4] + "/go"
	told["uploaded"] = must(api.FilesAPI.WriteFile(ctx, vmid).Path(remote).Body(local).Execute()).Offset
	told["downloaded"] = hex.EncodeToString(read(must(api.FilesAPI.ReadFile(ctx, vmid).Path(remote).Execute())))

	open := bellhop.NewCreateTerminal()
	open.SetArgv([]string{"cat"})
	terminal := must(api.TerminalsAPI.OpenTerminal(ctx, vmid).CreateTerminal(*open).Execute())
	// No body: this client sends null for it.
	ticket := must(api.TerminalsAPI.CreateTerminalTicket(ctx, vmid, terminal.Id).Execute())
	told["ticket"] = strings.Split(ticket.Ticket, ".")[1]
	closed, err := api.TerminalsAPI.CloseTerminal(ctx, vmid, terminal.Id).Execute()
	must(closed, nil, err)

	started := must(api.V1API.PostExec(ctx, vmid).ExecRequest(*bellhop.NewExecRequest("echo v1; exit 4")).Execute())
	pid := started.Data.Pid
	result := must(api.V1API.GetExec(ctx, vmid).Pid(pid).Execute()).Data
	for !result.GetExited() {
		result = must(api.V1API.GetExec(ctx, vmid).Pid(pid).Execute()).Data
	}
	told["v1"] = fmt.Sprintf("%d %s", result.GetExitcode(), result.GetStdout())
	told["vm"] = must(api.V1API.GetStatus(ctx, vmid).Execute()).Data.Vmid

	_, _, err = api.ExecutionsAPI.GetExecution(ctx, "nobody").Execute()
	var problem *bellhop.GenericOpenAPIError
	if errors.As(err, &problem) {
		told["error"] = problem.Model().(bellhop.Problem).Code
	}
	line, err := json.Marshal(told)
	fmt.Println(string(must(line, nil, err)))
}
