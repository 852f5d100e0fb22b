// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import org.junit.jupiter.api.Tag;

/** The script for guests with a python3 and no perl. */
@Tag("real")
class PythonMultiplexerTest extends MultiplexerTest {
    PythonMultiplexerTest() {
        super(Multiplexer.PYTHON);
    }
}
