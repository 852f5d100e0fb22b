// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

/** The load averages: how many processes ran or were ready to, from 0 to a million. */
public record GuestLoad(double oneMinute, double fiveMinutes, double fifteenMinutes) {}
