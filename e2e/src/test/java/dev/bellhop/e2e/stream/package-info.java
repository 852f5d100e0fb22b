// SPDX-License-Identifier: Apache-2.0
/** Streams into real VMs, and what goes over them. */
@NullMarked
package dev.bellhop.e2e.stream;

import org.jspecify.annotations.NullMarked;
