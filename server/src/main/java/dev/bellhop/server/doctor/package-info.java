// SPDX-License-Identifier: Apache-2.0
/** What is amiss with a VM and its guest, all at once, and what to change. */
@NullMarked
package dev.bellhop.server.doctor;

import org.jspecify.annotations.NullMarked;
