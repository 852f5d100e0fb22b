// SPDX-License-Identifier: Apache-2.0
/**
 * The use cases of VMs and their guests except commands, terminals and files: their state, operations, problems, clocks
 * and users.
 */
@NullMarked
package dev.bellhop.server.service.vm;

import org.jspecify.annotations.NullMarked;
