// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.terminal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;

/**
 * Tells whether a write failed because nobody reads any more (EPIPE). The JDK gives that no type of its own, and its text
 * is the C library's in the language of the locale. So a pipe is broken on purpose, to hear how that is said here.
 */
final class BrokenPipe {

    private static final String IN_ENGLISH = "Broken pipe";

    private BrokenPipe() {}

    static boolean isSaidBy(IOException e) {
        return IN_ENGLISH.equals(e.getMessage()) || Here.TEXT.equals(e.getMessage());
    }

    /** Made when the first write fails, which few do. */
    private static final class Here {
        private static final String TEXT = hear();

        private static String hear() {
            Pipe pipe;
            try {
                pipe = Pipe.open();
                pipe.source().close();
            } catch (IOException e) {
                return IN_ENGLISH;
            }
            try (Pipe.SinkChannel sink = pipe.sink()) {
                sink.write(ByteBuffer.allocate(1));
                return IN_ENGLISH;
            } catch (IOException e) {
                return String.valueOf(e.getMessage());
            }
        }
    }
}
