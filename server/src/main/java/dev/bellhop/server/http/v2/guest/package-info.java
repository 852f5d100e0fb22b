// SPDX-License-Identifier: Apache-2.0
/** The routes that ask a guest for more than to run a command: who may log in, its clock, and what is amiss with it. */
@NullMarked
package dev.bellhop.server.http.v2.guest;

import org.jspecify.annotations.NullMarked;
