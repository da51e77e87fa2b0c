/**
 * 1,024 English words of ten bits each, for the ear and the eye (spec/identity.md §6): three to seven
 * letters, no two with the same first four, none one slip of the finger from another, no homophones.
 * The order is the alphabet's and part of the wire: the index of a word never changes.
 *
 * @module
 */
export const WORDS: readonly string[] = `
abbey academy acorn acrobat actor adobe airport alarm album alert algebra alley almond alpine amazing amber anchor
angle answer antler anvil apple april apron aqua arcade arctic arena armor aroma arrow artist ashen athlete atlas
atom attic august aurora author autumn avenue avocado award axle azure baby backup bacon badge bagel baker balcony
ballet bamboo banana banjo banner barber barley basket bath beaver bedrock beetle belfry bench bicycle binder bingo
birch bison blanket blazer blender blimp blink blossom blouse bobbin bobcat bonfire bonnet bonus botany bowl bracket
braid brave breath breeze bricks bridge brisk broker bronze brook brother brunch brush bubble bucket buddy budget
buffalo buggy builder bulb bumper bundle bunker butter buzzard cabin cable cactus cadet cafe camel campus canary
candle canoe canyon captain caramel carbon carpet cartoon carve cashew castle catfish cavern celery cello cement
ceramic chalk chamber chapel charm cheddar cheese cherry chimney chisel chorus cider cinema circus citrus city civic
clam claret classic clever cliff clinic cloak cloud clown cluster coast cobalt cobra cocoa collar comet comic
concert condor coral corner cosmos cottage cougar courage cousin cowboy coyote crab crackle cradle craft crane
crater cream crest cricket crimson crisp crocus crumb crystal cupcake cupid curious curry custard cypress dairy
dance dapper daring dazzle deck degree delta denim dentist deputy diagram diamond digital dinner diploma disco
dishes divan diver doctor dogwood dolphin domino donkey donut dozen dragon drama drawer dress drift drizzle drone
duet duffel dune duplex dusty early earth easel east ebony echo eclipse economy edge editor effort eggnog elastic
elbow elder elegant element elf emerald emperor empire emu enamel energy engine envoy epic episode equal errand
escort essay estate evening exact exit exotic expert extra eyelid fabric factory falcon family famous fancy farmer
fashion faucet feather fender fennel fern ferret fiber fiddle field figure finch finger fire fixture fjord flag
flame flannel flask fleece flicker flint floor florist fluffy foam focus foggy folder fondue forest formal forum
fossil fragile freckle freezer fresco friend frigate frog frozen fudge fungus furlong furnace future fuzzy gadget
galaxy gallon game garage garden garlic garnet gather gazelle gecko gelato gemini genius gentle gerbil geyser giant
giraffe glacier glad glass gleam glitter globe glory glue gnome goblet goggles golden golf gondola goose gopher
gossip gouda gourmet grammar grape gravel green griffin grill grocer grove guard guava guitar guppy gypsum habit
hacksaw haddock halibut hamlet hammer hamster handbag happy harbor harp harvest hatchet haven hawk hazel headset
helium helmet hen herald hermit heron hexagon hickory hidden hill hinge history holiday honest hood hopeful horizon
hornet horse hound humble hummus hundred hunter hurdle husky hybrid ibex ice icon idea igloo image impala inbox
indigo infant inkwell inlet insect inside iris island item ivory ivy jacket jaguar janitor jargon jasmine javelin
jazz jeep jelly jersey jester jetty jigsaw journal joust joyful jubilee jukebox jumbo jungle junior justice kale
karate kebab kelp kettle kimono kingdom kiosk kitchen kitten kiwi label lace ladder lagoon landing lantern laptop
larch large lasagna laser laundry laurel lawn lawyer lecture ledger legacy legend lemon lens lentil leopard library
lid lilac lime linen listen lively lizard lobster locket locust lodge logbook logic lolly longbow lotus lounge lucky
luggage lunar lunch luxury lyric macaw machine magenta magic magma magpie maiden mailbox majesty mallard mammoth
mango mansion maple marble margin market maroon marsh mascot mason matador matrix meadow melon member memory menu
mercury mermaid mesa message meteor method micro milk millet mimic mineral minibus mint miracle mirror mixer mocha
module mohair molar moment monarch monitor month moped mosaic mother movie muffin mulch museum mustang myrtle nachos
napkin narwhal nation nature navy nebula nectar needle neon nest neutral nickel nimble ninja nomad nook north
nostril notch novel nozzle nugget number nurse nutmeg nylon oak oasis oatcake oatmeal obelisk oboe ocean octave
october offer office oil okra olive omelet onion onyx opal opera optic oracle orange orbit orchard order oregano
ostrich otter outback outlaw oven oxbow oxford oxygen oyster package paddle page pagoda palace palm pancake panda
panther papaya paper parcel park parlor parrot parsnip passage pasta patio peach pebble pecan pelican pencil pendant
penguin perfect phantom phone photo piano pickle picnic picture pigeon piglet pilaf pilgrim pillow pilot pimento
pinball pioneer pitcher pixel pizza planet pliers plumber podium poem polka pollen poncho popcorn poplar porch
portal possum potato pottery poultry prairie pretzel prism produce profile promise prune pudding pumpkin puppet
purple puzzle pyramid python quasar quiver quiz raccoon radar radio raffle rafter ragtime railway rainbow raisin
rake ramen ramp ranch random ranger rattle ravine recipe redwood reef referee regal region relish remedy reptile
rescue resort reunion rhubarb ribbon ripple robot robust rolling romance rooster rubber ruby ruler rumor runner
rural rustic safari salad salmon salsa samba sample sandal sardine saturn sausage savanna sawmill scallop scarf
scholar science scooter scout screen script scroll seagull season secret seesaw senate senior sequoia sesame shadow
shampoo shark shawl sheep shelf sheriff shield shimmer shingle shirt shiver shovel shower shrimp shutter sibling
sierra signal silent silver siren sketch skillet skunk slalom slipper sloth smart smoke smooth snail sneaker snorkel
snow soap soccer social soldier soprano sorbet south spaniel sparrow spatula special sphinx spice spider spinach
spiral sponge spoon sports spring sprout squash stable stadium stamp statue steam stencil sticker stitch stone storm
street stripe sugar summer sunset surfer sushi swift syrup system tablet taco tadpole taffy tailor talent tank
target tartan taxi teacup teal teapot temple tennis tent termite terrace textile theater thimble thirsty thistle
thorn thrill thumb thunder ticket tiger timber tinsel tissue titan toaster toddler tomato topaz tornado total toucan
tower toy tractor traffic trapeze tribe trident trinket trivia trout truck truffle trumpet tugboat tulip tundra
tunnel turban turnip turtle tuxedo tweed twirl typhoon ukulele uncle unicorn uniform unique unit upbeat urchin usher
utensil utopia vacuum valiant valve vanilla vapor varnish vase velcro velvet vendor veranda vessel veteran viaduct
victory video view vigor viking village vine vintage violet visitor vista vitamin vivid vocal volcano volume vortex
voyage vulture wafer wagon waiter wallaby walnut walrus waltz warbler warm wasabi washer watch waxwing western
wetland wheat whisper wiggle wildcat window winter wombat wren yard yeti yoga yogurt yukon yummy zigzag zinc zircon
zoo
`
  .trim()
  .split(/\s+/);
