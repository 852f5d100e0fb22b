// SPDX-License-Identifier: Apache-2.0
/** What is asked of a guest beside commands: who may log in to it, its clock, and what is amiss with it. */
@NullMarked
package dev.bellhop.api.v2.guest;

import org.jspecify.annotations.NullMarked;
