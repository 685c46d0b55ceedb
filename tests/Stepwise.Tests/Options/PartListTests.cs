using Stepwise.Options;

namespace Stepwise.Tests.Options;

public sealed class PartListTests
{
    [Fact]
    public void Read_PartsByPlace_AreThereWithTheirOwnKeysAndTheDefaultsStay()
    {
        Cart defaults = new();
        Dictionary<string, GivenValue> given = Given(
            ("goods.1.kind", "apple"), ("goods.2.kind", "pear"), ("goods.2.ripe", "true"), ("goods.1.grams", "7"), ("till", "1"));

        Cart cart = OptionTree.Read(defaults, given);

        cart.ShouldBe(new Cart { Goods = [new Apple { Grams = 7 }, new Pear { Ripe = true }] });
        cart.ShouldNotBe(new Cart { Goods = [new Pear { Ripe = true }, new Apple { Grams = 7 }] });
        defaults.Goods.ShouldBeEmpty();
        given.Keys.ShouldBe(["till"]);
    }

    [Theory]
    [InlineData("goods.2.kind", "pear", "goods.2.kind is given, and goods.1.kind is not; a list has no gap")]
    [InlineData("goods.1.grams", "7", "goods.1.grams is given, and goods.1.kind is not")]
    [InlineData("goods.999999999.kind", "pear", "goods.999999999.kind is given, and goods.1.kind is not")]
    [InlineData("goods.1.kind", "plum", "goods.1.kind is \"plum\"; allowed is apple | pear.")]
    public void Read_GapOrUnknownPart_SaysWhatIsMissing(string key, string text, string message) =>
        Should.Throw<InputException>(() => OptionTree.Read(new Cart(), Given((key, text)))).Message.ShouldStartWith($"menu:7: {message}");

    [Fact]
    public void Read_KeyOfAnotherPart_IsLeftOver()
    {
        Dictionary<string, GivenValue> given = Given(("goods.1.kind", "pear"), ("goods.1.grams", "7"));

        OptionTree.Read(new Cart(), given);

        given.Keys.ShouldBe(["goods.1.grams"]);
    }

    [Fact]
    public void List_PartsAndNone_ReadAgainWhatTheySay()
    {
        Cart cart = new() { Goods = [new Pear(), new Apple { Grams = 3 }, new Pear { Ripe = true }] };

        OptionKey[] keys = [.. OptionTree.List(cart, new Cart())];

        keys.Select(key => (key.Name, key.Value, key.Default)).ShouldBe([
            ("goods.1.kind", "pear", ""), ("goods.1.ripe", "false", "false"), ("goods.2.kind", "apple", ""), ("goods.2.grams", "3", "1"),
            ("goods.3.kind", "pear", ""), ("goods.3.ripe", "true", "false"),
        ]);
        OptionTree.Read(new Cart(), Given([.. keys.Select(key => (key.Name, key.Value))])).ShouldBe(cart);
        OptionKey none = OptionTree.List(new Cart(), new Cart()).ShouldHaveSingleItem();
        (none.Name, none.Value, none.Allowed, none.IsEmptyList).ShouldBe(("goods", "[]", "a list of apple | pear, each with its own keys", true));
    }

    [Fact]
    public void Names_OfAList_AreThoseOfItsFirstPlace() =>
        OptionTree.Names(new Cart()).ShouldBe(["goods.1.kind", "goods.1.grams", "goods.1.ripe"]);

    [Fact]
    public void Check_PartOfAList_IsNamedByItsPlace() =>
        Should.Throw<InputException>(() => OptionTree.Check(new Cart { Goods = [new Pear(), new Apple { Grams = 0 }] }, "cart.")).Message
            .ShouldStartWith("cart.goods.2.grams is \"0\"");

    [Fact]
    public void Parts_OfAList_AreNamedByPlaceAndReplacedOneByOne()
    {
        Cart cart = new() { Goods = [new Pear(), new Apple { Grams = 3 }] };

        OptionTree.Parts(cart).Select(part => part.Name).ShouldBe(["goods.1", "goods.2"]);
        OptionTree.WithParts(cart, part => part is Apple apple ? apple with { Grams = 4 } : part)
            .ShouldBe(new Cart { Goods = [new Pear(), new Apple { Grams = 4 }] });
        OptionTree.WithParts(cart, part => part).ShouldBeSameAs(cart);
    }

    private static Dictionary<string, GivenValue> Given(params (string Key, string Text)[] values) =>
        values.ToDictionary(v => v.Key, v => new GivenValue(v.Text, "menu:7", "/"), StringComparer.Ordinal);

    private sealed record Cart
    {
        [Part<Kinds>("kind", "what is in it")]
        public PartList<IGood> Goods { get; init; } = [];
    }

    private interface IGood;

    private sealed record Apple : IGood
    {
        [Key("weight", Low = 1, High = 9)]
        public int Grams { get; init; } = 1;
    }

    private sealed record Pear : IGood
    {
        [Key("ripe")]
        public bool Ripe { get; init; }
    }

    private sealed class Kinds : IPartCatalog
    {
        public static IReadOnlyList<PartEntry> Entries { get; } =
            [new("apple", new Apple(), "An apple.", "ours"), new("pear", new Pear(), "A pear.", "ours")];
    }
}
