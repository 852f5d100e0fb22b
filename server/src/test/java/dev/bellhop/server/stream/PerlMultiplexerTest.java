// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

/** The script for guests with a perl. */
class PerlMultiplexerTest extends MultiplexerTest {
    PerlMultiplexerTest() {
        super(Multiplexer.PERL);
    }
}
