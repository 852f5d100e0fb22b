// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

/**
 * How many of something a guest has, such as processors.
 *
 * @param total all of them
 * @param online those in use; the others can be taken into use while the guest runs
 */
public record GuestCount(int total, int online) {}
