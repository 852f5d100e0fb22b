// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.answers;

/** What is answered about terminals; what goes through their sockets is no answer. */
final class TerminalAnswers extends Part {
    private static final String OPEN = "/api/v2/vps/1/terminals";

    TerminalAnswers(Scene scene) {
        super(scene);
    }

    void terminals() throws Exception {
        recording.section("Terminals");
        String body = "{'argv': ['cat'], 'cols': 100, 'rows': 30, 'cwd': '" + scene.folder + "'}";
        String id = id(answers.make("terminal", "admin", OPEN, body));
        String path = OPEN + "/" + id;
        answers.get("admin", OPEN);
        answers.get("admin", "/api/v2/terminals");
        answers.get("admin", "/api/v2/terminals?vmid=2");
        answers.get("admin", "/api/v2/terminals?vmid=x");
        answers.get("admin", path);
        answers.post("admin", path + "/tickets", "");
        answers.post("admin", path + "/tickets", "{'readOnly': true}");
        answers.post("admin", path + "/tickets", "{'readonly': true}");
        answers.get("reader", path);
        answers.get("reader", OPEN);
        answers.get("nobody", OPEN + "/" + id + "/socket");
        answers.get(
                "nobody",
                OPEN + "/" + id + "/socket",
                "Sec-WebSocket-Protocol",
                "bellhop.terminal.v1, bellhop.ticket.x");
        answers.get("nobody", OPEN + "/" + id + "/socket", "Origin", "https://elsewhere.example");
        answers.delete("admin", path);
        answers.get("admin", path);
        answers.post("admin", path + "/tickets", "");
        answers.get("admin", path + "/recording");
        answers.get("admin", path + "/recording?raw=true");
        answers.get("admin", path + "/recording?raw=perhaps");
        answers.get("reader", path + "/recording");
        answers.get("admin", OPEN + "/" + NOTHING + "/recording");
        answers.get("admin", "/api/v2/recordings");
        answers.get("admin", "/api/v2/recordings?vmid=2");
        answers.get("admin", "/api/v2/recordings?vmid=x&limit=0");
        answers.get("reader", "/api/v2/recordings");
        answers.get("admin", "/api/v2/recordings/" + id);
        answers.get("admin", "/api/v2/recordings/x");
        answers.delete("admin", OPEN + "/" + NOTHING);
        answers.get("admin", OPEN + "/x");
        answers.post("admin", OPEN, "{'cols': 0, 'rows': 2000, 'user': '-x', 'surplus': 1}");
        answers.post("admin", OPEN, "{'cols': 0, 'rows': 2000}");
        answers.post("admin", OPEN, "{'command': 'x', 'argv': ['x']}");
        answers.post("admin", "/api/v2/vps/2/terminals", "");
        answers.post("admin", "/api/v2/vps/4/terminals", "");
        answers.post("admin", "/api/v2/vps/77/terminals", "");
    }
}
