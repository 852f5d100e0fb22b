// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.page;

import dev.bellhop.api.client.error.BellhopTransportException;
import dev.bellhop.api.v2.Page;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * All items of a list. Each iterator starts at the beginning, and reads a page when it needs one. Its methods throw the
 * exceptions of the client, except {@link InterruptedException}: an interrupted thread gets a {@link
 * BellhopTransportException} of kind {@code INTERRUPTED} and stays interrupted. Thread safe; an iterator is not.
 */
public final class Pages<T> implements Iterable<T> {

    /** The most items that the server puts into a page. */
    private static final int MAX_PAGE = 100;

    private final Source<T> source;

    /** Requests one page. */
    @FunctionalInterface
    public interface Source<T> {
        /** Requests the page at a cursor, which is absent for the first page. */
        Page<T> page(Integer limit, @Nullable String cursor) throws InterruptedException;
    }

    public Pages(Source<T> source) {
        this.source = source;
    }

    @Override
    public Iterator<T> iterator() {
        return new Items<>(source);
    }

    /** The same as a stream, which reads no page before it needs one. */
    public Stream<T> stream() {
        return StreamSupport.stream(spliterator(), false);
    }

    private static final class Items<T> implements Iterator<T> {

        private final Source<T> source;
        private Iterator<T> page = List.<T>of().iterator();
        private @Nullable String cursor;
        private boolean isLast;

        private Items(Source<T> source) {
            this.source = source;
        }

        @Override
        public boolean hasNext() {
            while (!page.hasNext() && !isLast) {
                read();
            }
            return page.hasNext();
        }

        @Override
        public T next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            return page.next();
        }

        private void read() {
            Page<T> next;
            try {
                next = source.page(MAX_PAGE, cursor);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new BellhopTransportException(
                        BellhopTransportException.Kind.INTERRUPTED,
                        "Cannot read the rest of the list because the thread was interrupted",
                        e);
            }
            page = next.items().iterator();
            isLast = next.nextCursor() == null;
            if (!isLast && Objects.equals(next.nextCursor(), cursor)) {
                throw new BellhopTransportException(
                        BellhopTransportException.Kind.NOT_UNDERSTOOD,
                        "Cannot read the rest of the list because the server repeats a cursor",
                        null);
            }
            cursor = next.nextCursor();
        }
    }
}
