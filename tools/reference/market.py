"""The prices that every golden number starts from."""

from common import flat, prices, write


def main() -> None:
    shares, funds = prices()
    write(
        "fixtures/market-2018.json",
        {
            "source": "tools/replay/data, closes of the last 501 days to 2018-12-31; see the terms there",
            "days": len(shares),
            "firstDay": shares.index[0],
            "lastDay": shares.index[-1],
            "shareIds": [name for name in shares.columns if name != "SP500"],
            "sharePrices": flat(shares.drop(columns="SP500")),
            "marketPrices": flat(shares["SP500"]),
            "fundIds": list(funds.columns),
            "fundPrices": flat(funds),
        },
    )


if __name__ == "__main__":
    main()
