// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.masking;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/**
 * Finds texts anywhere in output, in one pass (Aho and Corasick, 1975): the cost per byte does not depend on the number
 * or kind of texts. The texts of a secret are its value without surrounding whitespace, each longer line of a
 * multi-line secret, and the base64 of the value. Immutable, thread safe.
 */
public final class SecretMatcher {
    /** In characters, and therefore also in bytes. Shorter secrets would match everywhere. */
    public static final int MIN_LENGTH = 4;

    /** Per line. Shorter lines, such as a single brace, are found only as a part of the whole secret. */
    private static final int MIN_LINE_LENGTH = 8;

    /** Enough for keys and tokens. Longer secrets are files, whose base64 would be split into lines. */
    private static final int MAX_BASE64_LENGTH = 1024;

    private static final int ROOT = 0;
    private static final int NONE = -1;
    private static final int BASE64_GROUP = 3;
    private static final int BASE64_BITS = 6;

    /** The automaton's states: each is the beginning of a text, and its children extend it by one byte. */
    private int[] firstChild = new int[64];

    private int[] nextSibling = new int[64];
    private byte[] label = new byte[64];
    private int[] depth = new int[64];
    /** The state for the longest end of this state's text that is also the beginning of a text. */
    private int[] shorter = new int[64];
    /** The length of the longest text that ends here; 0 for none. */
    private int[] ending = new int[64];

    private final int[] fromRoot = new int[256];
    private int states = 1;
    private int longest;

    private SecretMatcher() {
        Arrays.fill(fromRoot, NONE);
        firstChild[ROOT] = NONE;
    }

    /** Returns whether a secret can be masked. */
    public static boolean isMaskable(String secret) {
        String text = secret.strip();
        return text.codePointCount(0, text.length()) >= MIN_LENGTH;
    }

    /** Builds the matcher of some maskable secrets. */
    public static SecretMatcher of(Collection<String> secrets) {
        Set<String> texts = new HashSet<>();
        secrets.forEach(secret -> addTexts(secret.strip(), texts));
        SecretMatcher matcher = new SecretMatcher();
        texts.forEach(text -> matcher.add(text.getBytes(StandardCharsets.ISO_8859_1)));
        matcher.link();
        return matcher;
    }

    /** Adds the texts to find for a secret; each character is one byte. */
    private static void addTexts(String secret, Set<String> texts) {
        byte[] bytes = bytes(secret);
        texts.add(text(bytes));
        secret.lines()
                .map(line -> bytes(line.strip()))
                .filter(line -> line.length >= MIN_LINE_LENGTH)
                .forEach(line -> texts.add(text(line)));
        if (bytes.length <= MAX_BASE64_LENGTH) {
            for (int before = 0; before < BASE64_GROUP; before++) {
                String encoded = inBase64(bytes, before);
                texts.add(encoded);
                texts.add(encoded.replace('+', '-').replace('/', '_'));
            }
        }
    }

    /**
     * Returns the part of the base64 that does not depend on neighbouring bytes.
     *
     * @param before the number of bytes, 0 to 2, between the start of a base64 group and the secret
     */
    private static String inBase64(byte[] bytes, int before) {
        byte[] moved = new byte[before + bytes.length];
        System.arraycopy(bytes, 0, moved, before, bytes.length);
        String whole = Base64.getEncoder().withoutPadding().encodeToString(moved);
        int begin = (8 * before + BASE64_BITS - 1) / BASE64_BITS;
        return whole.substring(begin, 8 * moved.length / BASE64_BITS);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private void add(byte[] literal) {
        int state = ROOT;
        for (byte each : literal) {
            int next = child(state, each);
            state = next == NONE ? newChild(state, each) : next;
        }
        ending[state] = literal.length;
        longest = Math.max(longest, literal.length);
    }

    private int newChild(int state, byte by) {
        if (states == label.length) {
            int room = 2 * states;
            firstChild = Arrays.copyOf(firstChild, room);
            nextSibling = Arrays.copyOf(nextSibling, room);
            label = Arrays.copyOf(label, room);
            depth = Arrays.copyOf(depth, room);
            shorter = Arrays.copyOf(shorter, room);
            ending = Arrays.copyOf(ending, room);
        }
        int made = states++;
        firstChild[made] = NONE;
        nextSibling[made] = firstChild[state];
        firstChild[state] = made;
        label[made] = by;
        depth[made] = depth[state] + 1;
        if (state == ROOT) {
            fromRoot[by & 0xFF] = made;
        }
        return made;
    }

    private int child(int state, byte by) {
        if (state == ROOT) {
            return fromRoot[by & 0xFF];
        }
        int child = firstChild[state];
        while (child != NONE && label[child] != by) {
            child = nextSibling[child];
        }
        return child;
    }

    /** Links each state to a shorter one; shorter states first, because longer ones build on them. */
    private void link() {
        Deque<Integer> next = new ArrayDeque<>();
        next.add(ROOT);
        while (!next.isEmpty()) {
            int state = next.remove();
            for (int child = firstChild[state]; child != NONE; child = nextSibling[child]) {
                shorter[child] = state == ROOT ? ROOT : step(shorter[state], label[child]);
                ending[child] = Math.max(ending[child], ending[shorter[child]]);
                next.add(child);
            }
        }
    }

    private int step(int from, byte by) {
        int state = from;
        int next = child(state, by);
        while (next == NONE && state != ROOT) {
            state = shorter[state];
            next = child(state, by);
        }
        return next == NONE ? ROOT : next;
    }

    /** Returns the length of the longest text, in bytes. */
    int longest() {
        return longest;
    }

    /** Returns the approximate memory use, in bytes. */
    int weight() {
        return 1024 + 21 * label.length;
    }

    /**
     * Masks all texts that are complete in these bytes.
     *
     * @param into the same bytes, to be masked
     * @return the number of bytes at the end that are the beginning of a text whose rest may follow
     */
    int mask(byte[] bytes, byte[] into) {
        int[] ends = new int[bytes.length];
        int state = ROOT;
        for (int i = 0; i < bytes.length; i++) {
            state = step(state, bytes[i]);
            ends[i] = ending[state];
        }
        int left = 0;
        for (int i = bytes.length - 1; i >= 0; i--) {
            left = Math.max(left - 1, ends[i]);
            if (left > 0) {
                into[i] = Mask.SIGN;
            }
        }
        while (state != ROOT && firstChild[state] == NONE) {
            state = shorter[state];
        }
        return depth[state];
    }

    @Override
    public String toString() {
        return "SecretMatcher[states=" + states + "]";
    }
}
