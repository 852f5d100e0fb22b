// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressRangeTest {
    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.255.255.255, true",
        "10.0.0.0/8, 11.0.0.0, false",
        "10.0.0.0/8, 9.255.255.255, false",
        "192.0.2.128/25, 192.0.2.128, true",
        "192.0.2.128/25, 192.0.2.127, false",
        "127.0.0.1, 127.0.0.1, true",
        "127.0.0.1, 127.0.0.2, false",
        "127.0.0.1, ::ffff:127.0.0.1, true",
        "127.0.0.1, ::1, false",
        "::1, ::1, true",
        "2001:db8::/33, 2001:db8:7fff::1, true",
        "2001:db8::/33, 2001:db8:8000::1, false",
        "128.0.0.0/1, 255.255.255.255, true",
        "128.0.0.0/1, 127.0.0.1, false"
    })
    void aNetworkIsTheAddressesThatBeginAsItDoes(String range, String address, boolean contained) {
        assertThat(AddressRange.parse(range).orElseThrow().contains(InetAddress.ofLiteral(address)))
                .isEqualTo(contained);
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.1.0.0/16, true",
        "10.0.0.0/8, 10.0.0.0/8, true",
        "10.1.0.0/16, 10.0.0.0/8, false",
        "10.0.0.0/8, 11.0.0.0/16, false",
        "10.0.0.0/8, 10.1.2.3, true",
        "10.1.2.3, 10.0.0.0/8, false",
        "2001:db8::/32, 2001:db8:1::/48, true",
        "8000::/1, 128.0.0.0/1, false"
    })
    void aNetworkContainsItsParts(String range, String other, boolean contained) {
        assertThat(AddressRange.parse(range)
                        .orElseThrow()
                        .contains(AddressRange.parse(other).orElseThrow()))
                .isEqualTo(contained);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0/8", "192.0.2.1", "2001:db8::/32", "::1", "::ffff:192.0.2.1"})
    void itsTextIsItself(String text) {
        AddressRange range = AddressRange.parse(text).orElseThrow();

        assertThat(AddressRange.parse(range.text())).hasValue(range);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/8",
                "10.0.0.0/",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0.0/0",
                "::/0",
                "10.0.0.1/8",
                "2001:db8::1/64",
                "::/129",
                "localhost",
                "proxy.example/8"
            })
    void whatIsNoNetworkIsNone(String text) {
        assertThat(AddressRange.parse(text)).isEmpty();
    }
}
