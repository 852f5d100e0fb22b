// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

/**
 * A part of a command's output.
 *
 * @param bytes the bytes as the command wrote them; not copied, so leave them as they are
 * @param nextOffset where to go on
 * @param complete whether the command has ended and nothing follows
 */
@SuppressWarnings("ArrayRecordComponent") // Output is bytes; a chunk is read once and compared with nothing.
public record OutputChunk(byte[] bytes, long nextOffset, boolean complete) {

    @Override
    public String toString() {
        return "OutputChunk[" + bytes.length + " bytes, nextOffset=" + nextOffset + ", complete=" + complete + "]";
    }
}
