// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

/** How many processes ran or wanted to, on average over the last minutes: from 0 to a million. */
public record GuestLoad(double oneMinute, double fiveMinutes, double fifteenMinutes) {}
