// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest;

import dev.bellhop.qga.GuestCount;

/** The guest's memory in blocks, each of which it can take into use or leave. */
public record GuestMemory(long blockBytes, GuestCount blocks) {}
