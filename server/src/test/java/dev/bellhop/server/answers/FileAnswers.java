// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.answers;

/** Files in the guest of VM 1, in a folder of the test. */
final class FileAnswers extends Part {
    private static final String FILES = "/api/v2/vps/1/files";

    FileAnswers(Scene scene) {
        super(scene);
    }

    void files() {
        recording.section("Files");
        String guest = scene.folder + "/guest";
        answers.post("admin", FILES + "/actions/mkdir", "{'path': '" + guest + "', 'parents': true}");
        answers.post("admin", FILES + "/actions/mkdir", "{'path': '" + guest + "'}");
        String file = "?path=" + guest + "/f";
        answers.put("admin", FILES + file + "&mode=0600", "hello");
        answers.play("admin", "PUT", FILES + file, "again", "If-None-Match", "*");
        answers.play("admin", "PUT", FILES + file + "&upload=upload-1", "hel", "Content-Range", "bytes 0-2/5");
        answers.get("admin", FILES + "/uploads/upload-1" + file);
        answers.play("admin", "PUT", FILES + file + "&upload=upload-1", "l", "Content-Range", "bytes 4-4/5");
        answers.delete("admin", FILES + "/uploads/upload-1" + file);
        answers.delete("admin", FILES + "/uploads/upload-1" + file);
        answers.get("admin", FILES + file, "Want-Repr-Digest", "sha-256=1");
        answers.get("admin", FILES + file, "Range", "bytes=1-2");
        answers.get("admin", FILES + file, "Range", "bytes=9-");
        answers.get("admin", FILES + "/stat" + file);
        answers.post("admin", FILES + "/actions/chmod", "{'path': '" + guest + "/f', 'mode': '0640'}");
        answers.post("admin", FILES + "/actions/chown", "{'path': '" + guest + "/f', 'owner': 'nobody'}");
        answers.post("admin", FILES + "/actions/rename", "{'path': '" + guest + "/f', 'to': '" + guest + "/g'}");
        answers.get("admin", FILES + "/list?path=" + guest);
        answers.get("admin", FILES + "/tree?path=" + guest);
        answers.get("admin", FILES + "/tree?path=" + guest + "/g");
        answers.put("admin", FILES + "/tree?path=" + guest + "/new", "\0".repeat(1024));
        answers.put("admin", FILES + "/tree?path=" + guest + "/new", "no tar");
        answers.get("admin", FILES + file);
        answers.get("admin", FILES + "?path=" + guest);
        answers.get("admin", FILES + "?path=x");
        answers.get("admin", "/api/v2/vps/4/files?path=/x");
        answers.get("reader", FILES + file);
        answers.delete("admin", FILES + "?path=" + guest);
        answers.delete("admin", FILES + "?path=" + guest + "&recursive=true");
    }
}
