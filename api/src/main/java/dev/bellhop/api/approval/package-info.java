// SPDX-License-Identifier: Apache-2.0
/** What an approval is given for, and the digest that binds it to that. */
@NullMarked
package dev.bellhop.api.approval;

import org.jspecify.annotations.NullMarked;
