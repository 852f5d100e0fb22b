// SPDX-License-Identifier: Apache-2.0
/** What people get and start first: the checkout, the package, the demo and the clients. */
@NullMarked
package dev.bellhop.e2e.packaging;

import org.jspecify.annotations.NullMarked;
