// SPDX-License-Identifier: Apache-2.0
/** Whether commands can be run in a VM, why not, and since when. */
@NullMarked
package dev.bellhop.server.health;

import org.jspecify.annotations.NullMarked;
