// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.answers;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** File systems that are frozen, thawed and trimmed, by the agent that is none: a real one would do it to this machine. */
final class FileSystemAnswers extends Part {
    private static final Pattern GUARD = Pattern.compile("\"([0-9a-f]{32})\"");
    private static final String FREEZE = "/api/v2/vps/2/fsfreeze";
    private static final String TRIM = "/api/v2/vps/2/actions/fstrim";

    private final AtomicBoolean frozen = new AtomicBoolean();
    private final AtomicReference<String> guard = new AtomicReference<>("");

    FileSystemAnswers(Scene scene) {
        super(scene);
    }

    void fileSystems() {
        recording.section("File systems");
        answers.get("admin", FREEZE);
        script();
        answers.get("reader", FREEZE);
        answers.post("admin", FREEZE, "{'seconds': 600, 'mountPoints': ['/srv']}");
        answers.post("admin", FREEZE, "");
        answers.get("reader", FREEZE);
        answers.delete("admin", FREEZE);
        answers.delete("admin", FREEZE);
        answers.post("admin", FREEZE, "{'seconds': 601, 'mountPoints': ['srv', '']}");
        answers.post("admin", FREEZE, "{'seconds': 0, 'mountPoints': []}");
        answers.post("admin", "/api/v2/vps/77/fsfreeze", "");
        answers.post("admin", TRIM, "{'minimumBytes': 4096}");
        answers.post("admin", TRIM, "{'minimumBytes': -1}");
        answers.post("admin", "/api/v2/vps/77/actions/fstrim", "");
        scene.script();
    }

    private void script() {
        scene.scripted.on(
                "guest-fsfreeze-status", (request, wire) -> wire.reply(frozen.get() ? "\"frozen\"" : "\"thawed\""));
        scene.scripted.on("guest-fsfreeze-freeze-list", (request, wire) -> {
            frozen.set(true);
            wire.reply("1");
        });
        scene.scripted.on("guest-fsfreeze-thaw", (request, wire) -> wire.reply(frozen.getAndSet(false) ? "1" : "0"));
        scene.scripted.on("guest-exec", (request, wire) -> {
            Matcher name = GUARD.matcher(request.arguments());
            guard.set(name.find() ? name.group(1) : "");
            wire.reply("{\"pid\": 7}");
        });
        scene.scripted.on("guest-exec-status", (request, wire) -> {
            String line = "bellhop " + guard.get() + " ready 77 perl\n";
            wire.reply("{\"exited\": true, \"exitcode\": 0, \"out-data\": \""
                    + Base64.getEncoder().encodeToString(line.getBytes(StandardCharsets.US_ASCII)) + "\"}");
        });
        scene.scripted.on(
                "guest-fstrim",
                (request, wire) -> wire.reply("{\"paths\": [{\"path\": \"/\", \"trimmed\": 1048576, \"minimum\": 4096},"
                        + " {\"path\": \"/boot\", \"error\": \"trim not supported\"}]}"));
    }
}
