// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.answers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestAnswer;
import java.time.Duration;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

/** One part of what is played, with what all parts need. */
abstract class Part {
    static final String NOTHING = "019c1379-5a10-7cc3-8d25-6f1f7f3f2c11";
    static final String RUN = "/api/v2/vps/1/executions";
    static final String ALL = "/api/v2/executions";

    final Scene scene;
    final Answers answers;
    final Recording recording;

    Part(Scene scene) {
        this.scene = scene;
        this.answers = scene.answers;
        this.recording = scene.recording;
    }

    static String id(TestAnswer answer) {
        return answer.json().path("id").asString();
    }

    /** The path of an execution that is made and has ended. */
    String ended(String name, String caller, String body) {
        String path = ALL + "/" + id(answers.make(name, caller, RUN + "?wait=30", body));
        JsonNode end = answers.client("admin").get(path + "?wait=30").json();
        assertThat(end.has("finishedAt")).as(end.toString()).isTrue();
        return path;
    }

    void awaitState(String path, String state) {
        Awaitility.await()
                .pollInterval(Duration.ofMillis(10))
                .until(() -> answers.client("admin")
                        .get(path)
                        .json()
                        .path("state")
                        .asString()
                        .equals(state));
    }

    void awaitOutput(String path) {
        Awaitility.await()
                .pollInterval(Duration.ofMillis(10))
                .until(() -> answers.client("admin")
                                .get(path)
                                .json()
                                .path("stdoutBytes")
                                .asInt()
                        > 0);
    }

    /** Follows the cursors of a list to its end, a few pages at most. */
    void page(String caller, String path) {
        TestAnswer page = answers.client(caller).get(path);
        for (int i = 0; i < 3 && page.json().has("nextCursor"); i++) {
            String cursor = page.json().path("nextCursor").asString();
            recording.name(cursor, "cursor");
            page = answers.get(caller, path + "&cursor=" + cursor);
        }
    }
}
