// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access.ssh;

import dev.bellhop.server.access.Key;

/**
 * The holder of an API key, who has shown an SSH key that stands for it.
 *
 * @param key the caller's API key, with all that it may do. It does not end when its secret is rotated
 * @param sshKeyId which of its SSH keys it was
 */
public record SshHolder(Key key, String sshKeyId) {}
