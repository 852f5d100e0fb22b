// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import java.time.Instant;

/**
 * A tenant: it owns VMs and keys. What has no account is the operator's.
 *
 * @param id 12 hexadecimal digits, never given again: executions name it for longer than it may live
 * @param name for people
 */
public record Account(String id, String name, Instant createdAt) {}
