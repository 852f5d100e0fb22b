// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest;

import dev.bellhop.qga.GuestCount;

/** The guest's memory in blocks that the guest can put online or offline. */
public record GuestMemory(long blockBytes, GuestCount blocks) {}
