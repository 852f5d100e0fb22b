// SPDX-License-Identifier: Apache-2.0
/** Finds all problems of a VM and its guest in one go, and advises what to change. */
@NullMarked
package dev.bellhop.server.doctor;

import org.jspecify.annotations.NullMarked;
