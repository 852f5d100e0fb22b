// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

/** Which saved command an execution runs. */
public record SavedAs(String name, int version) {}
