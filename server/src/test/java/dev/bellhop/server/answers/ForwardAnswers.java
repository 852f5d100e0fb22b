// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.answers;

import dev.bellhop.testkit.TcpPeer;
import java.net.InetAddress;
import java.net.ServerSocket;

/** What is answered about forwarded connections; what goes through their sockets is no answer. */
final class ForwardAnswers extends Part {
    private static final String OPEN = "/api/v2/vps/1/forwards";

    ForwardAnswers(Scene scene) {
        super(scene);
    }

    void forwards() throws Exception {
        recording.section("Forwarded connections");
        int closed = TcpPeer.closedPort();
        try (ServerSocket listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            name(listener.getLocalPort(), "port");
            name(closed, "closed port");
            String id = id(answers.make("forward", "admin", OPEN, body("localhost", listener.getLocalPort())));
            answers.get("admin", OPEN);
            answers.get("admin", OPEN + "/" + id);
            answers.get("ourWriter", OPEN + "/" + id);
            answers.get("admin", OPEN + "/x");
            answers.get("admin", "/api/v2/vps/77/forwards");
            answers.post("admin", OPEN, body("127.0.0.1", closed));
            answers.post("reader", OPEN, body("localhost", listener.getLocalPort()));
            answers.post("admin", OPEN, body("192.0.2.1", 80));
            answers.post("admin", OPEN, body("127.1", 0));
            answers.post("admin", OPEN, "{}");
            answers.get("nobody", OPEN + "/" + id + "/socket");
            answers.get(
                    "nobody",
                    OPEN + "/" + id + "/socket",
                    "Sec-WebSocket-Protocol",
                    "bellhop.forward.v1, bellhop.ticket.x");
            answers.get("nobody", OPEN + "/" + id + "/socket", "Origin", "https://elsewhere.example");
            answers.post("admin", "/api/v2/vps/4/forwards", body("localhost", 1));
            answers.post("admin", "/api/v2/vps/77/forwards", body("localhost", 1));
        }
    }

    private void name(int port, String name) {
        recording.name("\"port\":" + port, name);
        recording.name("localhost:" + port, "localhost and " + name);
        recording.name("127.0.0.1:" + port, "127.0.0.1 and " + name);
    }

    private static String body(String host, int port) {
        return "{'host':'" + host + "','port':" + port + "}";
    }
}
