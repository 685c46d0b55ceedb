using Stepwise.Options;

namespace Stepwise.Tests.Options;

public sealed class OptionTreeTests
{
    [Fact]
    public void Read_GivenValues_LeavesTheDefaultsAloneAndWhatItDoesNotKnow()
    {
        Meal defaults = new();
        Dictionary<string, GivenValue> given = new(StringComparer.Ordinal)
        {
            ["guests"] = Value("3"), ["course"] = Value("soup"), ["salt"] = Value("0.5"), ["drinks.hot"] = Value("true"), ["cheese"] = Value("1"),
        };

        Meal meal = OptionTree.Read(defaults, given);

        meal.ShouldBe(new Meal { Guests = 3, Course = new Soup { Salt = 0.5 }, Drinks = new() { Hot = true } });
        defaults.ShouldBe(new Meal());
        given.Keys.ShouldBe(["cheese"]);
    }

    [Fact]
    public void Read_KeyOfAPartThatIsNotChosen_IsLeftOver()
    {
        Dictionary<string, GivenValue> given = new(StringComparer.Ordinal) { ["salt"] = Value("0.5") };

        OptionTree.Read(new Meal(), given);

        given.Keys.ShouldBe(["salt"]);
    }

    [Theory]
    [InlineData("guests", "0", "guests is \"0\"; allowed is a whole number from 1 to 12 (people).")]
    [InlineData("guests", "1.5", "guests is \"1.5\"; allowed is a whole number from 1 to 12 (people).")]
    [InlineData("course", "stew", "course is \"stew\"; allowed is bread | soup.")]
    [InlineData("drinks.hot", "yes", "drinks.hot is \"yes\"; allowed is true or false.")]
    public void Read_ValueNotAllowed_SaysWhereWhatAndWhatIsAllowed(string key, string text, string message)
    {
        Dictionary<string, GivenValue> given = new(StringComparer.Ordinal) { [key] = Value(text) };

        Should.Throw<InputException>(() => OptionTree.Read(new Meal(), given)).Message.ShouldBe($"menu:7: {message}");
    }

    [Fact]
    public void Check_ValuesSetByAProgram_AreHeldToTheSameRangesAndRules()
    {
        OptionTree.Check(new Meal());

        Should.Throw<InputException>(() => OptionTree.Check(new Meal { Guests = 13 }, "meal.")).Message
            .ShouldBe("meal.guests is \"13\"; allowed is a whole number from 1 to 12 (people).");
        Should.Throw<InputException>(() => OptionTree.Check(new Meal { Course = new Soup { Salt = 1 } })).Message
            .ShouldBe("salt is \"1\"; allowed is a number from 0 to below 1.");
        Should.Throw<InputException>(() => OptionTree.Check(new Meal { Guests = 12, Course = new Soup() })).Message
            .ShouldBe("course is no soup for twelve.");
    }

    [Fact]
    public void List_ChosenPart_BringsItsKeysWithItsOwnDefaults()
    {
        Meal meal = new() { Course = new Soup { Salt = 0.5 } };

        OptionTree.List(meal, new Meal()).Select(key => (key.Name, key.Value, key.Default)).ShouldBe([
            ("guests", "2", "2"), ("course", "soup", "bread"), ("salt", "0.5", "0.1"), ("drinks.hot", "false", "false"),
        ]);
    }

    [Fact]
    public void Names_OfEveryPart_AreKnown() =>
        OptionTree.Names(new Meal()).ShouldBe(["guests", "course", "slices", "salt", "drinks.hot"]);

    private static GivenValue Value(string text) => new(text, "menu:7", "/");

    private sealed record Meal : IChecked
    {
        [Key("how many eat", Unit = "people", Low = 1, High = 12)]
        public int Guests { get; init; } = 2;

        [Part<Courses>("course", "what there is")]
        public ICourse Course { get; init; } = new Bread();

        [Section("drinks")]
        public Drinks Drinks { get; init; } = new();

        public void Check()
        {
            if (Guests == 12 && Course is Soup)
            {
                throw new OptionException(nameof(Course), " is no soup for twelve.");
            }
        }
    }

    private interface ICourse;

    private sealed record Bread : ICourse
    {
        [Key("slices", Low = 0, High = 9)]
        public int Slices { get; init; } = 1;
    }

    private sealed record Soup : ICourse
    {
        [Key("salt", Low = 0, High = 1, BelowHigh = true)]
        public double Salt { get; init; } = 0.1;
    }

    private sealed record Drinks
    {
        [Key("hot")]
        public bool Hot { get; init; }
    }

    private sealed class Courses : IPartCatalog
    {
        public static IReadOnlyList<PartEntry> Entries { get; } =
            [new("bread", new Bread(), "Bread.", "ours"), new("soup", new Soup(), "Soup.", "ours")];
    }
}
