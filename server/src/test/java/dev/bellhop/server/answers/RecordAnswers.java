// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.answers;

import java.io.IOException;
import org.awaitility.Awaitility;

/** The audit trail, and the keys that it is encrypted with. */
final class RecordAnswers extends Part {
    RecordAnswers(Scene scene) {
        super(scene);
    }

    void audit() throws IOException {
        recording.section("Audit");
        String audit = "/api/v2/audit";
        answers.get("admin", audit + "?vm=3&action=operation.end&limit=50");
        answers.get("admin", audit + "?vm=3&action=operation.start");
        answers.get("admin", audit + "?action=execution.end&limit=5");
        answers.get("admin", audit + "?outcome=refused&vm=2&limit=10");
        // Refusals are summed up each minute, and the requests before this may have taken longer.
        String done = audit + "?outcome=done&limit=4&key=" + answers.idOf("boss");
        answers.get("admin", done);
        page("admin", done);
        answers.get("admin", audit + "?since=2999-01-01T00:00:00Z");
        answers.get("admin", audit + "?since=x&until=y&vm=z&outcome=perhaps&limit=0&cursor=%20&key=%20");
        answers.get("admin", audit + "/export?vm=2&action=execution.start");
        answers.get("admin", audit + "/export?until=2000-01-01T00:00:00Z");
        answers.get("admin", audit + "/export?since=x");
        answers.get("boss", audit);
        answers.get("boss", audit + "/export");
    }

    void encryption() {
        recording.section("Encryption");
        answers.get("admin", "/api/v2/encryption");
        answers.post("admin", "/api/v2/encryption/actions/rotate", "");
        Awaitility.await()
                .until(() -> answers.client("admin")
                        .get("/api/v2/encryption")
                        .json()
                        .path("olderKeyIds")
                        .isEmpty());
        answers.get("admin", "/api/v2/encryption");
        answers.get("boss", "/api/v2/encryption");
    }
}
