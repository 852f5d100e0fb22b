// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

/** What the offset of a seek counts from. */
public enum SeekFrom {
    /** The start of the file. */
    START(0),
    /** The current position. */
    CURRENT(1),
    /** The end of the file. */
    END(2);

    /** The number that every agent understands; the words "set", "cur" and "end" came with QEMU 2.6. */
    public final int wire;

    SeekFrom(int wire) {
        this.wire = wire;
    }
}
