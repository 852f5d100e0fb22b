// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.command;

import dev.bellhop.bench.measure.Benchmark;
import dev.bellhop.bench.measure.Interleaved;
import dev.bellhop.bench.measure.Interleaved.Step;
import dev.bellhop.bench.measure.Interleaved.Timing;
import dev.bellhop.bench.measure.Measurement;
import dev.bellhop.bench.measure.Measurement.Target;
import dev.bellhop.bench.measure.Setting;
import dev.bellhop.bench.server.Agents;
import dev.bellhop.bench.server.BenchServer;
import dev.bellhop.bench.server.Children;
import dev.bellhop.bench.server.CommandClient;
import dev.bellhop.testkit.RealAgent;
import dev.bellhop.testkit.RealLibvirt;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.opentest4j.TestAbortedException;

/**
 * (l): one command in a domain of a real libvirt, in a virtual machine under software emulation, in four ways that a person
 * has: the HTTP API with one request that waits, the bellhop command, a script that calls virsh, and Ansible. Beside them,
 * the two calls that all of them have to make.
 */
public final class LibvirtDomain implements Benchmark {
    /** In the domain. */
    private static final int WARM_UP_REQUESTS = 300;

    private static final int WARM_UP_PROCESSES = 2;
    private static final int BLOCKS = 5;
    private static final int RUNS = 4;
    private static final String DOMAIN = "bench";
    private static final long VM = 10001;
    private static final long WARMING = 1;

    private static final double VIRSH_SHARE = 1 / 3.0;
    private static final double ANSIBLE_SHARE = 1 / 20.0;

    /** The least such a script can do: it starts nothing but virsh, and polls without a pause. */
    private static final String VIRSH_LOOP = """
            set -e
            agent() { virsh -q qemu-agent-command "$domain" "$1"; }
            domain=$1
            reply=$(agent '{"execute":"guest-exec","arguments":{"path":"/bin/sh","arg":["-c","true"],"capture-output":true}}')
            [[ $reply =~ '"pid":'([0-9]+) ]]
            pid=${BASH_REMATCH[1]}
            until [[ $reply == *'"exited":true'* ]]; do
              reply=$(agent '{"execute":"guest-exec-status","arguments":{"pid":'"$pid"'}}')
            done
            [[ $reply == *'"exitcode":0'* ]]
            """;

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        try (RealLibvirt libvirt = RealLibvirt.start(setting.scratch().resolve("libvirt"))) {
            libvirt.define(DOMAIN, "", RealLibvirt.CHANNEL);
            libvirt.virsh("start", DOMAIN);
            libvirt.awaitAgent(DOMAIN);
            return measure(setting, libvirt.uri());
        } catch (TestAbortedException e) {
            System.err.println("==> Left out: " + e.getMessage());
            return List.of();
        }
    }

    private static List<Measurement> measure(Setting setting, String uri) throws Exception {
        Path folder = setting.disk().resolve("libvirt-domain");
        Path spool = setting.memory().resolve("spool");
        try (RealAgent warming =
                        Agents.start(Files.createDirectory(setting.scratch().resolve("warming")), WARMING);
                BenchServer server =
                        BenchServer.start(setting.launcher(), folder, hypervisors(uri, warming), spool, false);
                VirshShell bare = VirshShell.start(uri, DOMAIN);
                CommandClient http = server.commands()) {
            Step request = () -> http.runWaiting(VM, "true");
            Step virsh = process(List.of("bash", "-c", VIRSH_LOOP, "bash", DOMAIN), Map.of("LIBVIRT_DEFAULT_URI", uri));
            Step command = process(bellhop(setting), server.environment());
            Step ansible = process(
                    ansible(uri),
                    Map.of("ANSIBLE_HOME", folder.resolve("ansible").toString()));
            Interleaved.warmUp(OneCommand.warmUp(setting), List.of(() -> http.runWaiting(WARMING, "true")));
            for (int i = 0; i < WARM_UP_REQUESTS; i++) {
                request.run();
            }
            for (int i = 0; i < WARM_UP_PROCESSES; i++) {
                virsh.run();
                command.run();
                ansible.run();
            }
            return results(Interleaved.run(BLOCKS, RUNS, List.of(virsh, ansible, request, command, bare::run)));
        }
    }

    /** The domain's hypervisor, and an agent on a socket to warm up the server with. */
    private static List<String> hypervisors(String uri, RealAgent warming) {
        return List.of(
                "{type: libvirt, uri: '" + uri + "', vms: {" + VM + ": " + DOMAIN + "}}",
                BenchServer.qemu(Map.of(WARMING, warming.socket())));
    }

    private static List<Measurement> results(List<Timing> timings) {
        Timing virsh = timings.get(0);
        Timing ansible = timings.get(1);
        Timing request = timings.get(2);
        Timing command = timings.get(3);
        Timing bare = timings.get(4);
        return List.of(
                request.against(virsh, 0.5, "l", "HTTP API beside virsh", Target.atMost(VIRSH_SHARE)),
                request.against(ansible, 0.5, "l", "HTTP API beside Ansible", Target.atMost(ANSIBLE_SHARE)),
                command.against(virsh, 0.5, "l", "bellhop exec beside virsh", null),
                command.against(ansible, 0.5, "l", "bellhop exec beside Ansible", null),
                bare.against(virsh, 0.5, "l", "bare calls beside virsh", null));
    }

    private static List<String> bellhop(Setting setting) {
        List<String> command = new ArrayList<>(setting.launcher());
        command.addAll(List.of("exec", Long.toString(VM), "--", "true"));
        return command;
    }

    private static List<String> ansible(String uri) {
        return List.of(
                "ansible",
                "-i",
                DOMAIN + ',',
                "-c",
                "community.libvirt.libvirt_qemu",
                "-e",
                "ansible_libvirt_uri=" + uri,
                "-m",
                "raw",
                "-a",
                "true",
                DOMAIN);
    }

    /** A process that is started and waited for. */
    private static Step process(List<String> command, Map<String, String> environment) {
        return () -> {
            String _ = Children.output(command, environment);
        };
    }
}
