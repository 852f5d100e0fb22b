// SPDX-License-Identifier: Apache-2.0
/** Servers, VMs and clients that end-to-end tests of several subjects use. */
@NullMarked
package dev.bellhop.e2e.support;

import org.jspecify.annotations.NullMarked;
