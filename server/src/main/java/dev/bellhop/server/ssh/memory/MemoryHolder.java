// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.memory;

/** A channel that takes memory once its client has asked for something. */
public interface MemoryHolder {
    ChannelMemory memory();
}
