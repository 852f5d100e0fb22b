// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.file.FileReply.UnreadableReplyException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a guest may say, and what it may not. */
class FileReplyTest {
    private static final String STAT = "81a4 3 1767225600 1767225600 0 0 1|2049 7|2026-01-01 00:00:00.5 +0000|"
            + "2026-01-01 00:00:00.5 +0000|root|root";

    private static final String LINK = STAT.replaceFirst("81a4", "a1ff");

    private static FileReply reply(String text) throws UnreadableReplyException {
        return FileReply.parse(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void aLinkInAListHasItsTarget() throws Exception {
        List<GuestFiles.Entry> entries =
                reply("ok\0//" + LINK + " ./a\n//" + STAT + " ./b\n\0./a\0to\0").entries();
        assertThat(entries).hasSize(2);
        assertThat(entries.get(0).target()).asString().isEqualTo("to");
        assertThat(entries.get(1).target()).isNull();
    }

    @Test
    void moreFieldsThanAListMayHaveAreNotTakenApart() {
        assertThatThrownBy(() -> FileReply.parse(new byte[4 << 20])).isInstanceOf(UnreadableReplyException.class);
    }

    @Test
    void moreEntriesThanWereAskedForAreNotRead() throws Exception {
        FileReply many = reply("ok\0" + ("//" + STAT + " ./a\n").repeat(FileReply.MAX_ENTRIES + 1) + "\0");
        assertThatThrownBy(many::entries).isInstanceOf(UnreadableReplyException.class);
        FileReply enough = reply("ok\0" + ("//" + STAT + " ./a\n").repeat(FileReply.MAX_ENTRIES) + "\0");
        assertThat(enough.entries()).hasSize(FileReply.MAX_ENTRIES);
    }
}
