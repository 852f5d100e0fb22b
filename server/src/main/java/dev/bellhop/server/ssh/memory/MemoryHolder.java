// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.memory;

/** A channel that has taken memory, which it has once its client has asked for something. */
public interface MemoryHolder {
    ChannelMemory memory();
}
