// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import org.junit.jupiter.api.Tag;

/** The script for guests with a perl. */
@Tag("real")
class PerlMultiplexerTest extends MultiplexerTest {
    PerlMultiplexerTest() {
        super(Multiplexer.PERL);
    }
}
