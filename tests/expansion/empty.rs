struct Slap;
