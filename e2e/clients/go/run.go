// SPDX-License-Identifier: Apache-2.0

// Usage: run URL KEY VMID
//
// Runs commands in a VM with the client that openapi-generator makes of openapi.yaml.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"bellhop"
)

func must[T any](value T, _ any, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	vmid, err := strconv.ParseInt(os.Args[3], 10, 64)
	if err != nil {
		panic(err)
	}
	configuration := bellhop.NewConfiguration()
	configuration.Servers = bellhop.ServerConfigurations{{URL: os.Args[1]}}
	api := bellhop.NewAPIClient(configuration)
	ctx := context.WithValue(context.Background(), bellhop.ContextAccessToken, os.Args[2])
	told := map[string]any{}

	create := bellhop.NewCreateExecution()
	create.SetCommand("echo hello; echo oops >&2; exit 3")
	create.SetLabels(map[string]string{"client": "go"})
	ended := must(api.ExecutionsAPI.CreateExecution(ctx, vmid).CreateExecution(*create).IdempotencyKey("go-1").Wait(60).Execute())
	told["state"] = ended.State
	told["exitCode"] = ended.GetExitCode()
	file := must(api.ExecutionsAPI.GetOutput(ctx, ended.Id).Stream("stdout").Execute())
	stdout, err := io.ReadAll(file)
	if err != nil {
		panic(err)
	}
	told["stdout"] = string(stdout)
	told["stderr"] = ended.Output.Stderr

	sleep := bellhop.NewCreateExecution()
	sleep.SetArgv([]string{"sleep", "300"})
	sleep.SetTimeoutSeconds(300)
	sleeps := must(api.ExecutionsAPI.CreateExecution(ctx, vmid).CreateExecution(*sleep).Execute())
	cancel := bellhop.NewCancelExecution()
	cancel.SetGraceSeconds(0)
	must(api.ExecutionsAPI.CancelExecution(ctx, sleeps.Id).CancelExecution(*cancel).Execute())
	told["cancelled"] = must(api.ExecutionsAPI.GetExecution(ctx, sleeps.Id).Wait(60).Execute()).State

	reboot := bellhop.NewCreateExecution()
	reboot.SetCommand("reboot")
	told["decision"] = must(api.ExecutionsAPI.CheckExecution(ctx, vmid).CreateExecution(*reboot).Execute()).Decision

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
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
}
