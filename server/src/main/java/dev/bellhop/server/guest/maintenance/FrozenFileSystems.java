// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest.maintenance;

import java.time.Instant;

/**
 * The result of a freeze.
 *
 * @param count how many file systems are frozen, 1 or more
 * @param expiresAt when they are thawed at the latest, within two seconds
 */
public record FrozenFileSystems(int count, Instant expiresAt) {}
