// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

/** The script for guests with a python3 and no perl. */
class PythonMultiplexerTest extends MultiplexerTest {
    PythonMultiplexerTest() {
        super(Multiplexer.PYTHON);
    }
}
